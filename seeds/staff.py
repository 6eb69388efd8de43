"""The people of the brand who work on the demo community, and the key of a partner's system."""

from models.staff.api_key import ApiKey
from models.staff.colleague import DataScope
from models.staff.right import StaffRight
from models.staff.role import StaffRole
from models.staff.staff import Staff
from seeds.community import Community

DEMO_PASSWORD = "shequn-demo"  # noqa: S105 - printed at every start; the demo is planted in development only
PARTNER_KEY = "demo-partner"
COLLEAGUES = (
    ("demo-owner", "林总", "owner", DataScope.ALL),
    ("demo-operator", "运营小苏", "operator", DataScope.OWN_GROUPS),
    ("demo-auditor", "审计老何", "auditor", DataScope.ALL),
)


async def found(community: Community) -> None:
    at = community.founded_at
    await StaffRole.plant_built_in(at=at)
    for name, display_name, role, scope in COLLEAGUES:
        community.staff[name] = await Staff.born(
            name=name,
            display_name=display_name,
            password=DEMO_PASSWORD,
            role=await StaffRole.named(role),
            at=at,
            scope=scope,
        )
    await ApiKey.issue(
        name=PARTNER_KEY,
        scopes=[StaffRight.MEMBERS_READ, StaffRight.ORDERS_CONFIRM, StaffRight.WORDS_REPORT],
        days=None,
        staff_id=community.owner.id,
        at=at,
    )
